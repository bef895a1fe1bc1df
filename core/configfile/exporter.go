package configfile

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
)

// otlpExporter has the common fields of otelconf's four types of OTLP exporters.
type otlpExporter struct {
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

// signalExporters holds the exporters that a file sets for one signal. setExporter
// rejects a file that sets none or several.
type signalExporters struct {
	hasConsole    bool
	otlpExporters []otlpExporter
}

// spanExporters returns the exporters of spans.
func spanExporters(e otelconf.SpanExporter) signalExporters {
	return newSignalExporters(e.Console != nil, e.OTLPGrpc, e.OTLPHttp)
}

// logExporters returns the exporters of log records.
func logExporters(e otelconf.LogRecordExporter) signalExporters {
	return newSignalExporters(e.Console != nil, e.OTLPGrpc, e.OTLPHttp)
}

// metricExporters returns the exporters of metrics. It converts them first, since otelconf
// has separate types for the exporters of metrics.
func metricExporters(e otelconf.PushMetricExporter) signalExporters {
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
	return newSignalExporters(e.Console != nil, grpc, http)
}

// newSignalExporters returns the exporters that a file sets for one signal. grpc and http are
// nil if the file does not set them.
func newSignalExporters(console bool, grpc *otelconf.OTLPGrpcExporter, http *otelconf.OTLPHttpExporter) signalExporters {
	result := signalExporters{hasConsole: console}
	if grpc != nil {
		o := otlpExporter{
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
		o := otlpExporter{
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

// setExporter sets the exporter of a signal. signal is TRACES, METRICS or LOGS, as in the
// names of variables. path is the path of the exporter in the file.
func (r *reader) setExporter(signal, path string, e signalExporters) {
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
		r.reject(path, "", "not one exporter", "one of console, otlp_grpc, otlp_http")
	}
}

// setOTLPExporter sets the variables of the OTLP exporter at path. prefix is the beginning
// of their names, such as OTEL_EXPORTER_OTLP_TRACES_.
func (r *reader) setOTLPExporter(prefix, path string, o otlpExporter) {
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
				r.reject(joinPath(path, setting.key), "", "empty", "a value, or the key left out")
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

// setHeaders merges the values of the keys "headers" and "headers_list" of an exporter. If
// both set a header, the value in "headers" takes precedence.
func (r *reader) setHeaders(variable, path string, o otlpExporter) {
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
			r.reject(appendIndex(path+".headers", i)+".name", "", "empty", "a header's name")
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
