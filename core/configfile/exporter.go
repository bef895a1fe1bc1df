package configfile

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
)

// otlpExporterSettings has the common fields of otelconf's four types of OTLP exporters.
type otlpExporterSettings struct {
	// key is the key of the exporter in the file: otlp_grpc or otlp_http.
	key         string
	protocol    string // grpc or http/protobuf
	endpoint    *string
	compression *string
	timeout     *int
	headers     []otelconf.NameStringValuePair
	headersList *string // further headers, as one string
	caFile      *string
	certFile    *string
	keyFile     *string
	insecure    *bool
	encoding    *otelconf.OTLPHttpEncoding
}

// exporterSettings holds the settings of a file for the exporters of one signal. setExporter
// rejects a file that sets none or several.
type exporterSettings struct {
	hasConsole    bool
	otlpExporters []otlpExporterSettings
}

// spanExporterSettings returns the settings for the exporters of spans.
func spanExporterSettings(e otelconf.SpanExporter) exporterSettings {
	return newExporterSettings(e.Console != nil, e.OTLPGrpc, e.OTLPHttp)
}

// logExporterSettings returns the settings for the exporters of log records.
func logExporterSettings(e otelconf.LogRecordExporter) exporterSettings {
	return newExporterSettings(e.Console != nil, e.OTLPGrpc, e.OTLPHttp)
}

// metricExporterSettings returns the settings for the exporters of metrics. It converts
// them first, since otelconf has separate types for the exporters of metrics.
func metricExporterSettings(e otelconf.PushMetricExporter) exporterSettings {
	var grpc *otelconf.OTLPGrpcExporter
	if m := e.OTLPGrpc; m != nil {
		grpc = &otelconf.OTLPGrpcExporter{
			Compression: otelconf.OTLPGrpcExporterCompression(m.Compression),
			Endpoint:    otelconf.OTLPGrpcExporterEndpoint(m.Endpoint),
			Headers:     m.Headers,
			HeadersList: otelconf.OTLPGrpcExporterHeadersList(m.HeadersList),
			Timeout:     otelconf.OTLPGrpcExporterTimeout(m.Timeout),
			Tls:         m.Tls,
		}
	}
	var http *otelconf.OTLPHttpExporter
	if m := e.OTLPHttp; m != nil {
		http = &otelconf.OTLPHttpExporter{
			Compression: otelconf.OTLPHttpExporterCompression(m.Compression),
			Encoding:    m.Encoding,
			Endpoint:    otelconf.OTLPHttpExporterEndpoint(m.Endpoint),
			Headers:     m.Headers,
			HeadersList: otelconf.OTLPHttpExporterHeadersList(m.HeadersList),
			Timeout:     otelconf.OTLPHttpExporterTimeout(m.Timeout),
			Tls:         m.Tls,
		}
	}
	return newExporterSettings(e.Console != nil, grpc, http)
}

// newExporterSettings returns the settings for the exporters of one signal. grpc and http
// are nil if the file does not set them.
func newExporterSettings(console bool, grpc *otelconf.OTLPGrpcExporter, http *otelconf.OTLPHttpExporter) exporterSettings {
	result := exporterSettings{hasConsole: console}
	if grpc != nil {
		o := otlpExporterSettings{
			key: "otlp_grpc", protocol: "grpc",
			endpoint: grpc.Endpoint, compression: grpc.Compression, timeout: grpc.Timeout,
			headers: grpc.Headers, headersList: grpc.HeadersList,
		}
		if tls := grpc.Tls; tls != nil {
			o.caFile, o.certFile, o.keyFile, o.insecure = tls.CaFile, tls.CertFile, tls.KeyFile, tls.Insecure
		}
		result.otlpExporters = append(result.otlpExporters, o)
	}
	if http != nil {
		o := otlpExporterSettings{
			key: "otlp_http", protocol: "http/protobuf",
			endpoint: http.Endpoint, compression: http.Compression, timeout: http.Timeout,
			headers: http.Headers, headersList: http.HeadersList, encoding: http.Encoding,
		}
		if tls := http.Tls; tls != nil {
			o.caFile, o.certFile, o.keyFile = tls.CaFile, tls.CertFile, tls.KeyFile
		}
		result.otlpExporters = append(result.otlpExporters, o)
	}
	return result
}

// setExporter sets the variables that select and configure the exporter of a signal. signal
// is TRACES, METRICS or LOGS, as in the names of the variables. path is the path of the
// exporter in the file.
func (r *fileReader) setExporter(signal, path string, e exporterSettings) {
	// If exports fail, a message suggests leaving out a key to turn off the export. This
	// must be the key of the whole provider, since a provider without an exporter is
	// invalid.
	provider, _, _ := strings.Cut(path, ".")
	variable := "OTEL_" + signal + "_EXPORTER"
	switch {
	case e.hasConsole && len(e.otlpExporters) == 0:
		r.setVariable(variable, provider, "console")
	case !e.hasConsole && len(e.otlpExporters) == 1:
		r.setVariable(variable, provider, "otlp")
		r.setOTLPExporter("OTEL_EXPORTER_OTLP_"+signal+"_", joinPath(path, e.otlpExporters[0].key), e.otlpExporters[0])
	default:
		r.reject(path, "", "no exporter or several", "exactly one of console, otlp_grpc, otlp_http")
	}
}

// setOTLPExporter sets the variables of the OTLP exporter at path. prefix is the beginning
// of their names, such as OTEL_EXPORTER_OTLP_TRACES_.
func (r *fileReader) setOTLPExporter(prefix, path string, o otlpExporterSettings) {
	if o.encoding != nil && *o.encoding != otelconf.OTLPHttpEncodingProtobuf {
		r.reject(path+".encoding", string(*o.encoding), "not supported", "protobuf")
	}
	r.setVariable(prefix+"PROTOCOL", path, o.protocol)
	for _, setting := range []struct {
		suffix, key string
		value       *string
	}{
		{"ENDPOINT", "endpoint", o.endpoint},
		{"COMPRESSION", "compression", o.compression},
		{"CERTIFICATE", "tls.ca_file", o.caFile},
		{"CLIENT_CERTIFICATE", "tls.cert_file", o.certFile},
		{"CLIENT_KEY", "tls.key_file", o.keyFile},
	} {
		value := ""
		if setting.value != nil {
			if value = *setting.value; strings.TrimSpace(value) == "" {
				r.reject(joinPath(path, setting.key), "", "empty", "a value, or remove the key")
			}
		}
		r.setVariable(prefix+setting.suffix, joinPath(path, setting.key), value)
	}
	insecure := ""
	if o.insecure != nil && *o.insecure {
		insecure = "true"
	}
	r.setVariable(prefix+"INSECURE", path+".tls.insecure", insecure)
	r.setNumber(prefix+"TIMEOUT", path+".timeout", o.timeout)
	r.setHeaders(prefix+"HEADERS", path, o)
}

// setHeaders sets variable to the merged values of the keys "headers" and "headers_list" of
// the exporter at path. If both keys set a header, the value in "headers" takes precedence.
func (r *fileReader) setHeaders(variable, path string, o otlpExporterSettings) {
	var list []string
	headersPath := path + ".headers"
	if o.headersList != nil && strings.TrimSpace(*o.headersList) != "" {
		list = append(list, *o.headersList)
		if headersPath += "_list"; len(o.headers) > 0 {
			headersPath = path + ".headers and headers_list"
		}
	}
	for i, header := range o.headers {
		if header.Name == "" {
			r.reject(appendIndex(path+".headers", i)+".name", "", "empty", "a header name")
		}
		if header.Value != nil {
			list = append(list, escapeKeyOrValue(header.Name)+"="+escapeKeyOrValue(*header.Value))
		}
	}
	r.setVariable(variable, headersPath, strings.Join(list, ","))
}

// escapeKeyOrValue percent-encodes a key or a value for a list in the format
// key=value,key=value.
func escapeKeyOrValue(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
