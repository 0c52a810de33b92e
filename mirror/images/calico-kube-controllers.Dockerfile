# The program writes its status and its profiles as its own user.
FROM homelab.kubernetes/base:trixie AS owned
RUN mkdir /status /profiles \
    && touch /status/status.json /profiles/mem.pprof /profiles/cpu.pprof \
    && chown -R 999:0 /status /profiles
FROM scratch
COPY --from=owned /status /status
COPY --from=owned /profiles /profiles
COPY check-status kube-controllers /usr/bin/
USER 999
ENTRYPOINT ["/usr/bin/kube-controllers"]
