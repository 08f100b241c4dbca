# Parley in a container; docs/operating.md says how it is run. Python is the version that the tests run on.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.lock ./
# Only wheels: nothing is compiled, so no compiler is needed here either.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --only-binary=:all: --require-hashes -r requirements.lock \
 && rm requirements.lock
COPY config.toml README.md PRIVACY.md SECURITY.md ./
COPY docs docs/
COPY bot bot/
COPY adapters adapters/
COPY storage storage/
# Whatever the modes in the checkout are: everybody may read, only root may write. Byte code is made here, once.
RUN chmod -R u=rwX,go=rX . \
 && python -m compileall -q --invalidation-mode unchecked-hash bot adapters storage

FROM python:3.11-slim
RUN groupadd --gid 10001 parley \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin parley \
 && install -d -m 700 -o 10001 -g 10001 /app/data /app/keys
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PARLEY_WEB__PORT=8080
# The database, and apart from it the master key that unlocks what is in it. A new volume takes over the owner.
VOLUME ["/app/data", "/app/keys"]
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "adapters.web.healthcheck"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
