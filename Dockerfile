# On Record's server. Build: docker build -t onrecord .    Run: see docs/serving.md
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 MPLCONFIGDIR=/tmp

# The build for processors alone; the registry's own brings 2.7 GB for NVIDIA's cards.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY index index
COPY qa qa
COPY seeds seeds
RUN pip install --extra-index-url "$TORCH_INDEX" '.[mcp]' && rm -rf /src \
 && useradd --create-home --uid 1000 onrecord \
 && install -d -o onrecord -g onrecord /archive

USER onrecord
WORKDIR /home/onrecord
ENV ONRECORD_ARCHIVE=/archive
VOLUME /archive
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["onrecord"]
CMD ["serve", "--host", "0.0.0.0", "--log", "json"]
