# An image that holds the program, CA certificates and nothing else: to run as a command,
#   docker build -t ecs-autoscale . && docker run --rm -v "$PWD/clusters:/var/task/clusters" ecs-autoscale validate
# or, with definitions added, as a Lambda function (docs/lambda-package.md). For the machine's own
# architecture, or with --platform for the other.
FROM debian:bookworm-slim AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends make ca-certificates
WORKDIR /source
COPY . .
# pinned, served or any: which libcurl and libmicrohttpd (docs/lambda-package.md)
ARG SOURCES=pinned
RUN make static ARCH=native
RUN mkdir -p /image/usr/bin /image/etc/ssl/certs /image/var/task /image/tmp \
    && chmod 1777 /image/tmp \
    && cp build/static/native/ecs-autoscale /image/usr/bin/ecs-autoscale \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt

FROM scratch
COPY --from=build /image/ /
ENV PATH=/usr/bin
# Where a Lambda function's files are: clusters/ is looked for here.
ENV LAMBDA_TASK_ROOT=/var/task
WORKDIR /var/task
ENTRYPOINT ["/usr/bin/ecs-autoscale"]
