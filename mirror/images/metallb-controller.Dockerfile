FROM scratch
COPY controller /controller
ENTRYPOINT ["/controller"]
