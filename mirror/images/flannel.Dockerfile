FROM homelab.kubernetes/network:latest
COPY flanneld install-conf /opt/bin/
ENTRYPOINT ["/opt/bin/flanneld"]
