FROM scratch
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY etcd etcdctl etcdutl /usr/local/bin/
EXPOSE 2379 2380 4001 7001
