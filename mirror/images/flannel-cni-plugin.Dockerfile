# The manifest runs "cp" in it.
FROM homelab.kubernetes/base:trixie
COPY flannel /flannel
