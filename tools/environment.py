"""Make the virtual environment and fill it from a hashed lock; nothing happens when it is already right."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def main(lock: str) -> None:
    """Install exactly what the lock names."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(
            f"Python 3.11 or newer is needed, not {sys.version.split()[0]}. Try: make PYTHON=python3.12 run"
        )
    python = VENV / "bin" / "python"
    if VENV.is_symlink() and python.exists():
        return  # somebody else keeps this environment
    requirements = ROOT / lock
    wanted = hashlib.sha256((ROOT / "requirements.txt").read_bytes() + requirements.read_bytes()).hexdigest()
    folder = requirements.parent.name if requirements.parent != ROOT else "run"
    stamp = VENV / f"lock-{'carriers' if 'carriers' in lock else folder}"
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not python.exists():
        print("Making a virtual environment in .venv ...", flush=True)
        create()
    print(f"Installing the packages of {lock} ...", flush=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, "--require-hashes", "-r", str(requirements)], check=False, cwd=ROOT)
    if done.returncode:
        sys.exit("The packages could not be installed; the lines above say why.")
    subprocess.run([str(python), "-m", "compileall", "-q", "marketplace", "catalog"], check=False, cwd=ROOT)
    stamp.write_text(wanted)


def create() -> None:
    """Make the environment, also where Debian left ensurepip out but pip itself is there."""
    try:
        venv.EnvBuilder(with_pip=True, clear=VENV.exists(), symlinks=True).create(VENV)
    except subprocess.CalledProcessError:
        venv.EnvBuilder(with_pip=False, clear=True, symlinks=True).create(VENV)
        pip = [sys.executable, "-m", "pip", "--python", str(VENV / "bin" / "python"), "install", "pip"]
        if subprocess.run(pip, check=False).returncode:
            sys.exit("This Python cannot make a virtual environment: install python3-venv, then try again.")


if __name__ == "__main__":
    main(sys.argv[1])
