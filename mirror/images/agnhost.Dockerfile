# With the commands upstream's tests call in it, but for those only single tests need.
FROM homelab.kubernetes/network:latest
RUN apt-get update \
    && apt-get install -y bind9-dnsutils curl netcat-openbsd \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir /uploads \
    && ln -s agnhost /agnhost-2
COPY porter/localhost.crt porter/localhost.key /
COPY agnhost /agnhost
EXPOSE 80 8080 8081 9376 5000
ENTRYPOINT ["/agnhost"]
CMD ["pause"]
