#!/usr/bin/env bash
# Renews every lock: newest versions, one of each, hashes of the public index only. `lock.sh --keep` changes what it must.
set -euo pipefail
cd "$(dirname "$0")/.."
upgrade=--upgrade
[ "${1:-}" = --keep ] && upgrade=--no-upgrade
export PIP_CONFIG_FILE=/dev/null PIP_EXTRA_INDEX_URL= PIP_FIND_LINKS= CUSTOM_COMPILE_COMMAND=requirements/lock.sh
compile() {
  .venv/bin/pip-compile --quiet "$upgrade" --generate-hashes --allow-unsafe --strip-extras --no-annotate \
    --no-emit-options "$@"
}
compile --output-file requirements-dev.txt requirements/dev.in
for service in ingest notify respond; do
  compile --constraint requirements-dev.txt --output-file "requirements-$service.txt" "requirements/$service.in"
done
# Its second stage is an extra that the image has.
compile --constraint requirements-dev.txt --output-file requirements-classify.txt requirements/onnx.in
