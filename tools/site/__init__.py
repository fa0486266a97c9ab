"""The documentation as a site: pages of docs/, a tutorial and a gallery that are run, the files that they link to."""
