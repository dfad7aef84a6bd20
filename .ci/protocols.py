"""Has a chain tell of its runs, and reads what came by the protocols' own schemas, decoders and parsers.

    protocols.py ALPINE SPEC    # the program, built with HTTP and e-mail; the folder `spec` of OpenLineage

Needs aiosmtpd, jsonschema[format], opentelemetry-proto, prometheus_client, referencing and trustme.
"""

import base64
import email
import email.policy
import http.server
import json
import logging
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import warnings

import jsonschema
import referencing
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

program, spec = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
received = []
# What the mail server has to say of those whom it is right to refuse.
logging.disable()
warnings.simplefilter("ignore")


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-type"] == "application/json", self.headers
        received.append((self.path, json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def came(path):
    return [body for at, body in received if at == path]


def check_lineage(events):
    schemas = [json.loads(file.read_text()) for file in [spec / "OpenLineage.json", *sorted(spec.glob("facets/*.json"))]]
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas if "$id" in schema
    )

    def validate(value, reference):
        formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator({"$ref": reference}, registry=registry, format_checker=formats).validate(value)

    facets = 0
    for event in events:
        validate(event, event["schemaURL"])
        places = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
        for place in places:
            for kind in ("facets", "inputFacets", "outputFacets"):
                for name, facet in place.get(kind, {}).items():
                    # By its own schema, and under the name that this schema gives it.
                    validate(facet, facet["_schemaURL"])
                    validate({name: facet}, facet["_schemaURL"].split("#")[0])
                    properties = registry.contents(facet["_schemaURL"].split("#")[0])["properties"]
                    assert name in properties, (name, list(properties))
                    facets += 1
    root = events[0]["run"]["runId"]
    for event in events:
        parent = event["run"]["facets"].get("parent")
        assert (event["run"]["runId"] == root) == (parent is None), event
        assert parent is None or parent["run"]["runId"] == root == parent["root"]["run"]["runId"], event
    assert facets >= len(events) > 3
    print(f"OpenLineage: {len(events)} events and {facets} facets are valid")


def with_base64_ids(value):
    """Protobuf's own JSON has bytes in base64, where OTLP has ids in hexadecimal."""
    if isinstance(value, list):
        return [with_base64_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    text = lambda digits: base64.b64encode(bytes.fromhex(digits)).decode()
    return {key: text(item) if key in ids else with_base64_ids(item) for key, item in value.items()}


def check_traces(body, run):
    request = json_format.ParseDict(with_base64_ids(body), ExportTraceServiceRequest())
    spans = request.resource_spans[0].scope_spans[0].spans
    ids = {span.span_id: span for span in spans}
    assert len(ids) == len(spans) > 4 and all(len(id) == 8 for id in ids)
    depths = []
    for span in spans:
        assert span.trace_id.hex() == run.replace("-", "")
        depth = 0
        while span.parent_span_id:
            parent = ids[span.parent_span_id]
            assert parent.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano <= parent.end_time_unix_nano
            span, depth = parent, depth + 1
        depths.append(depth)
    assert set(depths) == {0, 1, 2} and depths.count(0) == 1 and depths.count(1) <= depths.count(2)
    print(f"OpenTelemetry: {len(spans)} spans, of a run, {depths.count(1)} steps and {depths.count(2)} attempts")


def check_metrics(body):
    request = json_format.ParseDict(body, ExportMetricsServiceRequest())
    metrics = {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}
    assert metrics["purvey.run.succeeded"].gauge.data_points[0].as_double == 1
    assert metrics["purvey.run.duration"].unit == "s"
    print(f"OpenTelemetry: {len(metrics)} metrics")


def check_figures(text):
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["purvey_run_succeeded"].samples[0].value == 1
    assert all(family.type == "gauge" and family.documentation for family in families.values())
    assert sum(len(family.samples) for family in families.values()) == len([l for l in text.splitlines() if l[0] != "#"])
    print(f"Prometheus: {len(families)} families of figures")


class Keeper:
    """A mail server that keeps what it is given, by those who know the password."""

    def __init__(self, authority, **how):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.mails = []
        how = {key: context if value is ssl else value for key, value in how.items()}
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self.knows, auth_required=True, **how
        )

    def knows(self, server, session, envelope, mechanism, login):
        return AuthResult(success=(login.login, login.password) == (b"purvey", b"sesame"), handled=False)

    async def handle_DATA(self, server, session, envelope):
        assert server.transport.get_extra_info("ssl_object") is not None
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
with tempfile.TemporaryDirectory() as folder:
    settings = {
        "openlineage.url": f"{address}/lineage",
        "openlineage.file": "lineage.ndjson",
        "opentelemetry.url": address,
        "prometheus.file": "alpine.prom",
        "webhooks.people.url": f"{address}/people",
    }
    config = ["--config", pathlib.Path(__file__).parent.parent / "chains/alpine/purvey.toml"]
    sets = [word for key, value in settings.items() for word in ("--set", f"telling.{key}={value}")]

    authority = trustme.CA()
    authority.cert_pem.write_to_path(pathlib.Path(folder) / "authority.pem")
    # Whom the system trusts is what the environment says.
    trusting = {**os.environ, "SSL_CERT_FILE": "authority.pem"}

    def run(*more, environment=trusting):
        command = [program, "--quiet", *config, *sets, *more]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)

    done = run()
    assert done.returncode == 0 and "telling" not in done.stderr, done
    file = [json.loads(line) for line in (pathlib.Path(folder) / "lineage.ndjson").read_text().splitlines()]
    assert file == came("/lineage")
    check_lineage(file)
    check_traces(came("/v1/traces")[0], file[0]["run"]["runId"])
    check_metrics(came("/v1/metrics")[0])
    check_figures((pathlib.Path(folder) / "alpine.prom").read_text())
    assert not came("/people")

    received.clear()
    failed = run("--set", "models.raw_bookings.path=nowhere.csv", "--set", "telling.openlineage.file=failed.ndjson")
    assert failed.returncode == 1 and "telling" not in failed.stderr, failed
    check_lineage(came("/lineage"))
    assert {event["eventType"] for event in came("/lineage")} == {"START", "FAIL"}, came("/lineage")
    well = run()
    assert well.returncode == 0, well
    print("webhook:", *(notice["text"] for notice in came("/people")), sep="\n")
    assert [notice["notice"] for notice in came("/people")] == ["failure", "recovery"]

    def send(keeper, scheme, password="sesame", **more):
        settings = {
            "server": f"{scheme}://localhost:{keeper.port}",
            "user": "purvey",
            "password": password,
            "from": "purvey@seehof.example",
            "to": '["ana@seehof.example"]',
        }
        mails = [word for key, value in settings.items() for word in ("--set", f"telling.mails.ops.{key}={value}")]
        return run("--set", "models.raw_bookings.path=nowhere.csv", *mails, **more)

    for scheme, how in [("smtps", {"ssl_context": ssl, "auth_require_tls": False}), ("smtp+starttls", {"tls_context": ssl})]:
        keeper = Keeper(authority, **how)
        keeper.controller.start()
        sent = send(keeper, scheme)
        assert sent.returncode == 1 and "telling" not in sent.stderr, sent.stderr
        refused = send(keeper, scheme, password="hunter2")
        assert refused.returncode == 1 and "it answered 535 to user and password" in refused.stderr, refused.stderr
        assert "hunter2" not in refused.stderr, refused.stderr
        stranger = send(keeper, scheme, environment=os.environ)
        assert stranger.returncode == 1 and "certificate" in stranger.stderr, stranger.stderr
        keeper.controller.stop()
        [mail] = keeper.mails
        assert mail["subject"].startswith("✗ alpine: run "), mail["subject"]
        assert "• read_raw_bookings: there is no file `nowhere.csv`" in mail.get_content()
        print(f"{scheme}: {mail['subject']}")
