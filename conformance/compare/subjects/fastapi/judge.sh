#!/usr/bin/env bash
# Installs the packages into a subdirectory and checks the service. Arguments are passed
# to samespan matrix: bash judge.sh -o fastapi.html,fastapi.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [[ ! -x .venv/bin/python ]]; then
	python3 -m venv .venv
fi
.venv/bin/python -m pip install --quiet --requirement requirements.txt
exec go run ../../../cmd/samespan matrix --exec '.venv/bin/python server.py' --name fastapi --framework FastAPI \
	--wildcards '/files/{path:path}' --have exclusion,bare,slug,background,disconnect "$@"
