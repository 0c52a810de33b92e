# Without BIRD: no BGP, and so neither IPIP nor routes without encapsulation.
FROM homelab.kubernetes/network:latest
RUN apt-get update \
    && apt-get install -y ipset runit \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
COPY filesystem/etc/ /etc/
COPY filesystem/sbin/ /usr/sbin/
# Files of a Go module carry no modes, and runit starts only what may be run.
RUN find /etc/service -name run -exec chmod 755 {} + \
    && chmod 755 /etc/rc.local /usr/sbin/restart-calico-confd /usr/sbin/start_runit /usr/sbin/versions
COPY calico-node /bin/calico-node
ENV SVDIR=/etc/service/enabled
CMD ["start_runit"]
