"""Install a built wheel with all extras into a new environment, and run the README's programs there, in a new folder.

python tools/try_wheel.py dist
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(dist: Path, *pip_arguments: str) -> None:
    """Try the only wheel in a folder.

    Args:
        dist: The folder.
        *pip_arguments: What `pip install` gets beside it, such as `--index-url`.
    """
    (wheel,) = dist.glob("hornet_nn-*.whl")
    programs = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--find-links", dist, *pip_arguments]
        subprocess.run([*pip, f"hornet-nn[all]=={version}"], check=True)
        shutil.copytree(ROOT / "tests" / "pages", folder / "work")  # files that the programs read as a reader's own
        (folder / "work" / "readme.py").write_text("\n".join(programs), encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        subprocess.run([python, "readme.py"], cwd=folder / "work", env=environment, check=True)
    print(f"The {len(programs)} programs of the README run with {wheel.name}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
