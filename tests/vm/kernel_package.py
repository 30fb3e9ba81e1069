"""The kernels of the virtual machines: unpacked from Debian packages, never installed.

apt-get fetches them with options that keep it away from the machine's own lists and caches, so no
privilege is needed. The mirror is the one of the machine's own sources.
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

KEYRINGS = pathlib.Path("/usr/share/keyrings")
KERNEL_IMAGE = re.compile(r"^\./(?:boot/vmlinuz-|usr/lib/modules/[^/]+/vmlinuz$)")
# Both are small (13 and 26 MB), with NVMe and io_uring built in.
META_PACKAGE = "linux-image-cloud-amd64"


class Unavailable(Exception):
    """Why this machine cannot have the kernel or run it."""


def kernel(release, cache):
    """The path of the cloud kernel of a Debian release, such as "trixie-backports"; fetched once
    into the folder `cache`, which tests that run beside each other share.

    Raises Unavailable with the reason.
    """
    folder = pathlib.Path(cache) / release
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        images = sorted(folder.glob("vmlinuz-*"))
        return images[-1] if images else fetch(release, folder)


def fetch(release, folder):
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise Unavailable(f"the kernel package cannot be fetched: there is no {tool}")
    reasons = []
    for mirror in mirrors():
        apt = Apt(folder / "apt", mirror, release)
        try:
            return apt.unpack_kernel(folder)
        except subprocess.SubprocessError as failure:
            reasons.append(f"{release} from {mirror}: {describe(failure)}")
        finally:
            shutil.rmtree(folder / "apt", ignore_errors=True)
    raise Unavailable("the kernel package cannot be fetched: "
                      + ("; ".join(reasons) or "no apt source of this Debian release"))


def mirrors():
    """The repositories of the machine's own Debian release; Debian's own before those of others."""
    codename = re.search(r"^VERSION_CODENAME=(.*)$",
                         pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(ORIGIN)",
         "Created-By: Packages"], capture_output=True, text=True, check=False)
    rows = [line.split("|") for line in listing.stdout.splitlines()]
    rows = [row for row in rows if codename and row[1] == codename[1]]
    rows.sort(key=lambda row: row[2] != "Debian")
    return list(dict.fromkeys(row[0] for row in rows))


def describe(failure):
    if isinstance(failure, subprocess.TimeoutExpired):
        return f"no answer in {failure.timeout:.0f} s"
    lines = [line for line in (failure.stderr or "").splitlines() if line.startswith("E:")]
    return lines[0] if lines else f"{failure.cmd[-1]}: exit {failure.returncode}"


class Apt:
    """apt-get with lists and caches of its own, in `folder`."""

    def __init__(self, folder, mirror, release):
        self.folder = folder
        for part in ("lists/partial", "archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        keyring = KEYRINGS / f"debian-archive-{release.split('-', maxsplit=1)[0]}-automatic.gpg"
        signed = f"[signed-by={keyring}] " if keyring.exists() else ""
        (folder / "sources.list").write_text(f"deb {signed}{mirror} {release} main\n",
                                             encoding="ascii")
        self.options = [f"-o{name}={value}" for name, value in {
            "Dir::Etc::SourceList": folder / "sources.list", "Dir::Etc::SourceParts": "-",
            "Dir::State": folder, "Dir::State::Lists": folder / "lists",
            "Dir::State::Status": folder / "status", "Dir::Cache": folder,
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "Acquire::Languages": "none", "Acquire::Retries": "1",
            "Acquire::http::Timeout": "20"}.items()]

    def run(self, tool, *arguments):
        done = subprocess.run([tool, *self.options, *arguments], cwd=self.folder, timeout=120,
                              capture_output=True, text=True, check=True)
        return done.stdout

    def unpack_kernel(self, folder):
        self.run("apt-get", "update", "--error-on=any")
        depends = self.run("apt-cache", "show", META_PACKAGE)
        version = re.search(r"^Depends:.*\blinux-image-([0-9]\S*-cloud-amd64)\b", depends,
                            re.MULTILINE)
        if not version:
            raise subprocess.CalledProcessError(1, [META_PACKAGE], stderr="E: names no kernel")
        # Newer packages keep the image apart from what installs it.
        names = self.run("apt-cache", "pkgnames", "linux-").split()
        package = f"linux-binary-{version[1]}"
        package = package if package in names else f"linux-image-{version[1]}"
        self.run("apt-get", "download", package)
        return unpack(next(self.folder.glob("*.deb")), folder / f"vmlinuz-{version[1]}")


def unpack(package, target):
    """Takes the kernel's image out of a package."""
    partial = target.with_name("partial")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as deb:
        with tarfile.open(fileobj=deb.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and KERNEL_IMAGE.match(member.name):
                    with archive.extractfile(member) as image, open(partial, "wb") as out:
                        shutil.copyfileobj(image, out)
                    break
            else:
                raise Unavailable(f"{package.name} holds no kernel image")
        deb.kill()
    partial.rename(target)
    return target
