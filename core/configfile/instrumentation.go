package configfile

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// instrumentationSettings is the type of the key instrumentation/development, for which
// otelconf has no stable type. Only the settings for HTTP servers have an effect. The
// fields of type any are for other languages, libraries and conventions. Their values are
// ignored. The fields exist because services in other languages may use the same file.
type instrumentationSettings struct {
	General *generalSettings `yaml:"general"`

	Cpp    any `yaml:"cpp"`
	Dotnet any `yaml:"dotnet"`
	Erlang any `yaml:"erlang"`
	Go     any `yaml:"go"`
	Java   any `yaml:"java"`
	Js     any `yaml:"js"`
	Php    any `yaml:"php"`
	Python any `yaml:"python"`
	Ruby   any `yaml:"ruby"`
	Rust   any `yaml:"rust"`
	Swift  any `yaml:"swift"`
}

// generalSettings is the type of the key "general".
type generalSettings struct {
	HTTP         *httpSettings `yaml:"http"`
	Sanitization *sanitization `yaml:"sanitization"`
	// StabilityOptIn chooses between old and stable conventions. It has no effect, since this
	// project records the stable ones only.
	StabilityOptIn *string `yaml:"stability_opt_in_list"`

	Code      any `yaml:"code"`
	DB        any `yaml:"db"`
	GenAI     any `yaml:"gen_ai"`
	Messaging any `yaml:"messaging"`
	RPC       any `yaml:"rpc"`
}

// httpSettings is the type of the key "general.http".
type httpSettings struct {
	Semconv *semconvSettings    `yaml:"semconv"`
	Client  any                 `yaml:"client"`
	Server  *httpServerSettings `yaml:"server"`
}

// semconvSettings is the type of the key "general.http.semconv".
type semconvSettings struct {
	Version      *int  `yaml:"version"`
	Experimental *bool `yaml:"experimental"`
	DualEmit     *bool `yaml:"dual_emit"`
}

// httpServerSettings is the type of the key "general.http.server".
type httpServerSettings struct {
	CapturedRequestHeaders  []string `yaml:"request_captured_headers"`
	CapturedResponseHeaders []string `yaml:"response_captured_headers"`
	KnownMethods            []string `yaml:"known_methods"`
}

// sanitization is the type of the key "general.sanitization".
type sanitization struct {
	URL *urlSanitization `yaml:"url"`
}

// urlSanitization is the type of the key "general.sanitization.url".
type urlSanitization struct {
	QueryKeys []string `yaml:"sensitive_query_parameters"`
}

// readInstrumentation reads the settings for HTTP servers.
func (r *fileReader) readInstrumentation() {
	const path = "instrumentation/development.general"
	node := findNode(r.root, "instrumentation/development", "general")
	if node == nil || isNull(node) {
		return
	}
	var settings generalSettings
	if err := node.Decode(&settings); err != nil {
		r.reject(path, scalarText(node), "does not match OpenTelemetry's configuration schema", "values of the types that the schema defines")
		return
	}
	if settings.Sanitization != nil && settings.Sanitization.URL != nil {
		r.file.HTTP.SensitiveQueryKeys = settings.Sanitization.URL.QueryKeys
	}
	if settings.HTTP == nil {
		return
	}
	r.readSemconv(settings.HTTP.Semconv, path+".http.semconv")
	if server := settings.HTTP.Server; server != nil {
		r.rejectEmptyHeaderList(node, path, "request_captured_headers")
		r.rejectEmptyHeaderList(node, path, "response_captured_headers")
		r.file.HTTP.CapturedRequestHeaders = server.CapturedRequestHeaders
		r.file.HTTP.CapturedResponseHeaders = server.CapturedResponseHeaders
		r.file.HTTP.KnownMethods = server.KnownMethods
	}
}

// rejectEmptyHeaderList records an error if the list of headers at http.server.<key> is empty,
// which the schema does not allow. path is the path of generalNode.
func (r *fileReader) rejectEmptyHeaderList(generalNode *yaml.Node, path, key string) {
	if list := findNode(generalNode, "http", "server", key); list != nil && list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.reject(joinPath(path, "http.server."+key), "", "empty", "header names, or remove the key")
	}
}

// readSemconv records an error for any version of the HTTP conventions except 1, the
// stable version. It also reads the key "experimental", which enables the telemetry that
// the conventions call Opt-In.
func (r *fileReader) readSemconv(semconv *semconvSettings, path string) {
	if semconv == nil {
		return
	}
	if version := semconv.Version; version != nil && *version != 1 {
		r.reject(path+".version", fmt.Sprint(*version), "not supported", "1, or remove the key")
	}
	if semconv.DualEmit != nil && *semconv.DualEmit {
		r.reject(path+".dual_emit", "true", "not supported", "false, or remove the key")
	}
	r.file.HTTP.Experimental = semconv.Experimental != nil && *semconv.Experimental
}
