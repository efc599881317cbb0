"""Sends one log record, one trace and metrics with the OpenTelemetry SDK, as a service would.

Usage: sender.py http|http-gzip|grpc|grpc-gzip PORT
"""

import logging
import sys

from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

protocol, port = sys.argv[1], sys.argv[2]
if protocol.startswith("grpc"):
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    options = {"endpoint": f"http://127.0.0.1:{port}", "insecure": True}
    if protocol.endswith("gzip"):
        options["compression"] = Compression.Gzip
    logs, spans, metrics = OTLPLogExporter(**options), OTLPSpanExporter(**options), OTLPMetricExporter(**options)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    options = {"compression": Compression.Gzip if protocol.endswith("gzip") else Compression.NoCompression}
    base = f"http://127.0.0.1:{port}/v1"
    logs = OTLPLogExporter(endpoint=f"{base}/logs", **options)
    spans = OTLPSpanExporter(endpoint=f"{base}/traces", **options)
    metrics = OTLPMetricExporter(endpoint=f"{base}/metrics", **options)

resource = Resource.create({"service.name": "stock", "service.version": "3.2", "answer": 42})

tracing = TracerProvider(resource=resource)
tracing.add_span_processor(BatchSpanProcessor(spans))
logging_provider = LoggerProvider(resource=resource)
logging_provider.add_log_record_processor(BatchLogRecordProcessor(logs))
metering = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(metrics)])

logger = logging.getLogger("stock")
logger.setLevel(logging.INFO)
logger.addHandler(LoggingHandler(logger_provider=logging_provider))

tracer = tracing.get_tracer("stock", "1")
meter = metering.get_meter("stock", "1")
reserved = meter.create_counter("reserved", unit="{item}", description="items reserved")
latency = meter.create_histogram("latency", unit="ms")

with tracer.start_as_current_span("reserve", kind=SpanKind.SERVER, attributes={"sku": "訂單", "count": 2}):
    logger.warning("stock of %s is low", "訂單")
    reserved.add(2, {"sku": "a"})
    latency.record(12.5)
    try:
        with tracer.start_as_current_span("load"):
            {}["missing"]
    except KeyError:
        logger.exception("could not load")

for provider in (tracing, logging_provider, metering):
    provider.shutdown()
