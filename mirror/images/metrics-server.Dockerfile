FROM scratch
COPY metrics-server /metrics-server
USER 65534
ENTRYPOINT ["/metrics-server"]
