# Debian 13 packages this very release.
FROM homelab.kubernetes/base:trixie AS debian
RUN apt-get update && apt-get install -y busybox-static=1:1.37.0-*
FROM scratch
COPY --from=debian /usr/bin/busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ["sh"]
