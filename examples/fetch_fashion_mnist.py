"""Fetch Fashion-MNIST from Debian's archive into Hornet's cache folder; needs apt-get and dpkg, but not root.

For machines that reach a Debian mirror but not the data set's public home.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hornet.datasets import fashion_mnist

PACKAGE = "dataset-fashion-mnist"


def main(arguments):
    """Fetch the images; with `--if-missing` only where no other way works, and then without failing."""
    if "--if-missing" not in arguments:
        fetch()
        return
    print("Looking for Fashion-MNIST (30 MB, fetched once) ...")
    try:
        fashion_mnist.load_data()
    except OSError:
        print("Its home cannot be reached. Trying Debian's archive ...")
        try:
            fetch()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"Fashion-MNIST could not be fetched from Debian's archive either: {error}")


def fetch():
    """Download the package, unpack it beside itself, copy its files and read them back."""
    cache = fashion_mnist.cache_folder()
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "download", PACKAGE], cwd=scratch, check=True)
        (archive,) = Path(scratch).glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, scratch], check=True)
        for file in Path(scratch, "usr/share/datasets/fashion-mnist").glob("*.gz"):
            shutil.copy(file, cache)
    fashion_mnist.load_data()  # checks every file
    print(f"Fashion-MNIST is in {cache}.")


if __name__ == "__main__":
    main(sys.argv[1:])
