FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GEHOOR_HOST=0.0.0.0 \
    GEHOOR_PORT=8000

WORKDIR /srv/gehoor

COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gehoor \
    && install --directory --owner=10001 /objects

COPY pyproject.toml ./
COPY alembic ./alembic
COPY app ./app
COPY openapi ./openapi

USER 10001

EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['GEHOOR_PORT'] + '/health/ready', timeout=3)"]

CMD ["python", "-m", "app", "serve"]
