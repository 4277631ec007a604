"""Compiles the hot kernels where a C compiler is at hand, and says so where none is.

Each ``_name.pyx`` has a pure-Python twin with the same front door, so a build
without a compiler still gives a complete program, only a slower one;
``smppproxy --version`` names which of the two is in use.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
KERNELS = (
    "smppproxy/smpp/_kernel.pyx",
    "smppproxy/state/_hashes.pyx",
    "filters/_counters.pyx",
    "filters/_numbers.pyx",
    "filters/_patterns.pyx",
    "filters/_urls.pyx",
    "filters/text/_kernel.pyx",
    "filters/text/_rows.pyx",
    "filters/text/_words.pyx",
)


def compile_kernel(source: Path) -> Path:
    """Compile one ``.pyx`` beside its source and return the extension's path."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    module = ".".join(source.relative_to(ROOT).with_suffix("").parts)
    with tempfile.TemporaryDirectory() as scratch:
        extensions = cythonize(
            [Extension(module, [str(source.relative_to(ROOT))], extra_compile_args=["-O3"])],
            build_dir=scratch,
            quiet=True,
            compiler_directives={"language_level": 3},
        )
        command = build_ext(Distribution({"name": "smppproxy", "ext_modules": extensions}))
        command.build_temp = scratch
        command.inplace = False
        command.build_lib = scratch
        command.ensure_finalized()
        command.run()
        built = Path(command.get_ext_fullpath(module))
        target = source.with_name(source.stem + sysconfig.get_config_var("EXT_SUFFIX"))
        # A running program has the old file mapped: it must be replaced, not written into.
        draft = target.with_suffix(".new")
        shutil.copyfile(built, draft)
        draft.replace(target)
    return target


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """hatchling's hook: compiled kernels make the wheel platform-specific; none leaves it pure."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        os.chdir(ROOT)
        built = []
        for name in KERNELS:
            source = ROOT / name
            if not source.exists():
                continue
            try:
                if os.environ.get("SMPPPROXY_PURE"):
                    raise RuntimeError("SMPPPROXY_PURE is set")
                built.append(compile_kernel(source))
            except (Exception, SystemExit) as error:
                for stale in source.parent.glob(source.stem + ".*.so"):
                    stale.unlink()
                print(
                    f"smppproxy: {name} was not compiled ({error}); the pure-Python twin will be used. "
                    "For the fast kernel install gcc and the Python headers and build again.",
                    file=sys.stderr,
                )
        if built:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True


if __name__ == "__main__":
    for kernel in KERNELS:
        if (ROOT / kernel).exists():
            os.chdir(ROOT)
            print(compile_kernel(ROOT / kernel))
