#!/usr/bin/env python3
"""deploy/ against the real binary: configurations are accepted, flags and variables exist, files that are mounted are there, units are valid.

    deploy_test.py [--binary FILE]        needs PyYAML (python3-yaml)
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
import xml.etree.ElementTree

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
BINARY = ROOT / "build" / "release" / "adtally"
INSTALLED = "/opt/adtally/adtally"

def run(*command, environment=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ADTALLY_")}
    return subprocess.run(
        [str(part) for part in command],
        env={**clean, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def known_options():
    """The options of the binary, from the sample file that it prints."""
    options = set()
    section = ""
    for line in run(BINARY, "config").stdout.splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found.group(1)
        elif found := re.match(r"#? ?(\w+) = ", line):
            options.add(f"{section}.{found.group(1)}")
    return options


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


class Configurations(unittest.TestCase):
    def check(self, text, environment=None):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            return run(BINARY, "config", "--check", file.name, environment=environment)

    def test_each_is_accepted(self):
        files = sorted((DEPLOY / "config").glob("*.toml"))
        self.assertGreaterEqual(len(files), 5)
        for path in files:
            with self.subTest(file=path.name):
                secrets = {"ADTALLY_LINKS_KEYS": "1=0123456789abcdef"}
                checked = self.check(path.read_text(), secrets)
                self.assertEqual(0, checked.returncode, checked.stdout)

    def test_a_wrong_one_is_refused(self):
        self.assertEqual(2, self.check("[store]\nclutser = 'x'\n").returncode)
        self.assertEqual(2, self.check("", {"ADTALLY_LOG_PARTITIONS": "none"}).returncode)

    def test_all_share_one_log_and_one_store(self):
        shared = []
        for name in ("edge", "aggregator", "standby", "api"):
            config = tomllib.loads((DEPLOY / "config" / f"{name}.toml").read_text())
            shared.append((config["log"], config["store"]))
        self.assertTrue(all(one == shared[0] for one in shared), shared)


class Compose(unittest.TestCase):
    def setUp(self):
        self.file = compose()
        self.services = self.file["services"]
        self.own = {name: s for name, s in self.services.items() if s["image"] == "adtally"}

    def test_it_has_the_roles(self):
        roles = {}
        for service in self.own.values():
            words = shlex.split(service["command"])
            roles.setdefault(words[words.index("--roles") + 1], []).append(service)
        self.assertEqual({"edge": 2, "aggregator": 4, "api,maintenance": 1}, {r: len(s) for r, s in roles.items()})
        self.assertEqual(3, sum(s["image"].startswith("apache/kafka:") for s in self.services.values()))

    def test_commands_use_flags_of_the_binary(self):
        for name, service in self.own.items():
            words = shlex.split(service["command"])
            flags = [word for word in words if word.startswith("--")]
            usage = run(BINARY, words[0], "--help").stdout
            for flag in flags:
                self.assertRegex(usage, rf"{flag}\b", name)
            config = words[words.index("--config") + 1]
            self.assertIn(config, [v.split(":")[1] for v in service["volumes"]], name)

    def test_variables_are_options(self):
        variables = {f"ADTALLY_{option.replace('.', '_').upper()}" for option in known_options()}
        for name, service in self.own.items():
            for variable in service["environment"]:
                self.assertIn(variable, variables, name)

    def test_what_is_mounted_and_waited_for_is_there(self):
        for name, service in self.services.items():
            for volume in service["volumes"]:
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DEPLOY / source).is_file(), f"{name}: {source}")
                else:
                    self.assertIn(source, self.file["volumes"], name)
            for other, condition in service.get("depends_on", {}).items():
                self.assertEqual("service_healthy", condition["condition"])
                self.assertIn("healthcheck", self.services[other], f"{name} waits for {other}")
            self.assertIn("healthcheck", service, name)
            if service["image"] != "adtally":
                self.assertRegex(service["image"], r":\d+\.\d+(\.\d+)?$", "a version that stays")
        used = {v.split(":")[0] for s in self.services.values() for v in s["volumes"]}
        self.assertEqual(set(self.file["volumes"]), {v for v in used if not v.startswith(".")})

    def test_hosts_that_are_named_are_services(self):
        named = set()
        for path in (DEPLOY / "config").glob("*.toml"):
            config = tomllib.loads(path.read_text())
            if "log" in config:
                named |= {broker.split(":")[0] for broker in config["log"]["brokers"].split(",")}
                named.add(re.match(r"http://([\w-]+):", config["store"]["url"]).group(1))
        for path in (DEPLOY / "clickhouse").glob("*.xml"):
            tree = xml.etree.ElementTree.parse(path)
            named |= {e.text for e in tree.iter() if e.tag in ("host", "hostname")}
        self.assertEqual(set(), named - set(self.services))
        for service in self.services.values():
            for advertised in (service.get("environment") or {}).get("KAFKA_ADVERTISED_LISTENERS", "").split(","):
                self.assertTrue(not advertised or re.search(r"//([\w-]+):", advertised).group(1) in self.services)

    def test_secrets_are_in_the_example(self):
        needed = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
        example = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.M))
        self.assertEqual(needed, example)
        for path in (DEPLOY / "clickhouse").glob("*.xml"):
            for name in re.findall(r'from_env="(\w+)"', path.read_text()):
                given = [s for s in self.services.values() if any(path.name in v for v in s["volumes"])]
                self.assertTrue(given and all(name in s["environment"] for s in given), f"{path.name}: {name}")

    def test_the_configured_cluster_exists(self):
        config = tomllib.loads((DEPLOY / "config" / "aggregator.toml").read_text())
        tree = xml.etree.ElementTree.parse(DEPLOY / "clickhouse" / "cluster.xml")
        self.assertIsNotNone(tree.find(f"remote_servers/{config['store']['cluster']}/shard"))


class Image(unittest.TestCase):
    """deploy/Dockerfile: what it copies is there, and it installs what the binary links with."""

    def test_it_installs_the_libraries(self):
        text = (DEPLOY / "Dockerfile").read_text()
        linked = run("ldd", BINARY).stdout
        dynamic = run("readelf", "-d", BINARY).stdout
        for library in re.findall(r"NEEDED.*\[(.*)\]", dynamic):
            if library.startswith(("libchdb", "libstdc++", "libgcc", "libm.", "libc.", "ld-linux")):
                continue
            path = re.search(rf"{re.escape(library)} => (\S+)", linked).group(1)
            owner = run("dpkg", "-S", pathlib.Path(path).resolve().name).stdout
            package = re.search(r"^([\w.+-]+)(?::\w+)?: /(?:usr/)?lib/", owner, re.M).group(1)
            self.assertRegex(text, rf"\s{re.escape(package)}\s", library)

    def test_it_copies_what_the_build_makes(self):
        text = (DEPLOY / "Dockerfile").read_text()
        for path in re.findall(r"COPY --from=build /src/(\S+)", text):
            self.assertTrue((ROOT / path).exists() or path.endswith("/web"), path)
        self.assertIn(f'ENTRYPOINT ["{INSTALLED}"]', text)


class Units(unittest.TestCase):
    def units(self):
        found = sorted((DEPLOY / "systemd").glob("*.service"))
        self.assertEqual(4, len(found))
        return found

    def test_they_start_what_exists(self):
        for path in self.units():
            text = path.read_text()
            words = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.M).group(1))
            self.assertEqual(INSTALLED, words[0])
            usage = run(BINARY, words[1], "--help").stdout
            for flag in (word for word in words if word.startswith("--")):
                self.assertRegex(usage, rf"{flag}\b", path.name)
            config = pathlib.Path(words[words.index("--config") + 1])
            self.assertTrue((DEPLOY / "config" / config.name).is_file(), path.name)
            state = re.search(r"^StateDirectory=(.*)$", text, re.M).group(1)
            self.assertEqual(f"/var/lib/{state}", words[words.index("--data") + 1])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd here")
    def test_systemd_takes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in self.units():
                copy = pathlib.Path(folder) / path.name
                copy.write_text(path.read_text().replace(INSTALLED, str(BINARY)))
                checked = run("systemd-analyze", "verify", "--man=no", "--generators=no", copy)
                complaints = [line for line in checked.stdout.splitlines() if path.name in line]
                self.assertEqual([], complaints)


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    global BINARY
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(BINARY))
    BINARY = pathlib.Path(parser.parse_args().binary).resolve()
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(resultclass=Result, verbosity=1).run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed")
    sys.exit(0 if result.passed and not failed else 1)


if __name__ == "__main__":
    main()
