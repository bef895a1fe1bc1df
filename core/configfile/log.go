package configfile

import (
	"log/slog"
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// translateLogs converts the settings for logs. limits are the general attribute limits. A
// nil provider turns off the export.
func (r *fileReader) translateLogs(provider *otelconf.LoggerProvider, limits otelconf.AttributeLimits) {
	const path = "logger_provider"
	if provider == nil {
		r.turnOffExport("LOGS", path)
		return
	}
	count, length := r.translateLogRecordLimits(limits, provider.Limits)
	r.file.LoggerOptions = append(r.file.LoggerOptions, sdklog.WithAttributeCountLimit(count),
		sdklog.WithAttributeValueLengthLimit(length), sdklog.WithAttributeValueDepthLimit(r.readDepthLimit(path, "limits")))

	processorsPath := path + ".processors"
	if !r.checkSingleElement(len(provider.Processors), processorsPath, "processor", path) {
		return
	}
	processor, processorPath := provider.Processors[0], processorsPath+"[0]"
	switch {
	case (processor.Batch == nil) == (processor.Simple == nil):
		r.reject(processorPath, "", "no processor or several", "only batch")
	case processor.Simple != nil:
		r.setExporter("LOGS", processorPath+".simple.exporter", logExporterSettings(processor.Simple.Exporter))
		r.rejectSimpleProcessor(processorPath+".simple", processor.Simple.Exporter.Console != nil)
	default:
		batch := processor.Batch
		r.setExporter("LOGS", processorPath+".batch.exporter", logExporterSettings(batch.Exporter))
		r.translateBatch("OTEL_BLRP", processorPath+".batch", batch.Exporter.Console != nil,
			batch.MaxQueueSize, batch.MaxExportBatchSize, batch.ScheduleDelay, batch.ExportTimeout)
	}
}

// slogLevels maps the schema's names of levels to slog's levels. In the schema, each level
// has four steps, such as debug, debug2, debug3 and debug4. slog's levels are four apart,
// so each step adds 1.
var slogLevels = map[string]slog.Level{
	"trace": slog.LevelDebug - 4,
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
	"fatal": slog.LevelError + 4,
}

// setLogLevel sets the minimum level of log records about the telemetry itself.
func (r *fileReader) setLogLevel(severity *otelconf.SeverityNumber) {
	if severity == nil {
		return
	}
	name := strings.TrimRight(string(*severity), "234")
	level, ok := slogLevels[name]
	step := strings.TrimPrefix(string(*severity), name)
	if !ok || len(step) > 1 {
		r.reject("log_level", string(*severity), "unknown", "one of trace, debug, info, warn, error, fatal")
		return
	}
	if n, err := strconv.Atoi(step); err == nil {
		level += slog.Level(n - 1)
	}
	r.file.LogLevel = level
}
