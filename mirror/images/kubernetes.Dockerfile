FROM scratch
ARG BINARY
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ${BINARY} /usr/local/bin/${BINARY}
COPY kube-log-runner /go-runner
ENTRYPOINT ["/go-runner"]
