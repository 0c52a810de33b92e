FROM homelab.kubernetes/network:latest
COPY kube-proxy /usr/local/bin/kube-proxy
COPY kube-log-runner /go-runner
ENTRYPOINT ["/go-runner"]
