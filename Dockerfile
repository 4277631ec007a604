# Debian, not Alpine: onnxruntime publishes no wheels for musl.
FROM debian:bookworm-slim AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev python3 python3-dev python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements-build.lock requirements-runtime.lock ./
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
RUN python3 -m venv --without-pip /opt/smppproxy \
 && /opt/build/bin/uv pip install --no-cache --python /opt/smppproxy/bin/python --require-hashes -r requirements-runtime.lock
COPY LICENSE README.md hatch_build.py pyproject.toml ./
COPY filters ./filters
COPY models ./models
COPY smppproxy ./smppproxy
RUN /opt/build/bin/uv build --no-cache --wheel --no-build-isolation --python /opt/build/bin/python --out-dir /src/dist \
 && /opt/build/bin/uv pip install --no-cache --python /opt/smppproxy/bin/python --no-deps /src/dist/*.whl \
 && /opt/smppproxy/bin/python -m compileall -q /opt/smppproxy/lib

FROM debian:bookworm-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/smppproxy --create-home smppproxy
COPY --from=build /opt/smppproxy /opt/smppproxy
ENV PATH=/opt/smppproxy/bin:/usr/local/bin:/usr/bin:/bin
ENV SMPPPROXY_HEALTH=http://127.0.0.1:8775/healthz
USER smppproxy
# For the configuration's state_dir = "/var/lib/smppproxy": mount a volume on it.
WORKDIR /var/lib/smppproxy
EXPOSE 2775 8775
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["python3", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(os.environ['SMPPPROXY_HEALTH'], timeout=2)"]
ENTRYPOINT ["smppproxy"]
CMD ["run", "-c", "/etc/smppproxy/smppproxy.toml"]
