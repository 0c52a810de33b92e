FROM scratch
ENV PATH=/usr/bin
COPY local-path-provisioner /usr/bin/local-path-provisioner
CMD ["local-path-provisioner"]
