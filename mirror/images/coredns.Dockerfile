# Runs as root: a scratch image cannot carry the file capability upstream's gives to its own user.
FROM scratch
COPY coredns /coredns
WORKDIR /
EXPOSE 53 53/udp
ENTRYPOINT ["/coredns"]
