FROM scratch
COPY speaker /speaker
ENTRYPOINT ["/speaker"]
