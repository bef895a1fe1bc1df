package configfile

import (
	"strconv"
	"strings"
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

// semconvSettings is the type of the key "general.http.semconv". DualEmit has no effect. A
// Version below 1 turns Experimental off.
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
		r.rejectEmptyElements(path+".sanitization.url.sensitive_query_parameters", settings.Sanitization.URL.QueryKeys)
	}
	if settings.HTTP == nil {
		return
	}
	r.readSemconv(settings.HTTP.Semconv, path+".http.semconv")
	if server := settings.HTTP.Server; server != nil {
		const prefix, serverPath = "OTEL_INSTRUMENTATION_HTTP_", path + ".http.server."
		r.setHeaderList(prefix+"CAPTURE_HEADERS_SERVER_REQUEST", serverPath+"request_captured_headers", server.CapturedRequestHeaders)
		r.setHeaderList(prefix+"CAPTURE_HEADERS_SERVER_RESPONSE", serverPath+"response_captured_headers", server.CapturedResponseHeaders)
		methods := server.KnownMethods
		if methods != nil && len(methods) == 0 {
			// An empty variable counts as not set. With _OTHER, which is no method, every method
			// is unknown.
			methods = []string{"_OTHER"}
		}
		r.setList(prefix+"KNOWN_METHODS", serverPath+"known_methods", methods)
	}
}

// setHeaderList is like setList, and records an error if the list is empty, which the schema
// does not allow.
func (r *fileReader) setHeaderList(variable, path string, headers []string) {
	if headers != nil && len(headers) == 0 {
		r.reject(path, "", "empty", "header names, or remove the key")
	}
	r.setList(variable, path, headers)
}

// setList sets a variable to a list of the file, if the file has the list.
func (r *fileReader) setList(variable, path string, list []string) {
	r.rejectEmptyElements(path, list)
	if list != nil {
		r.setVariable(variable, path, strings.Join(list, ","))
	}
}

// rejectEmptyElements records an error for each element without text of the list at path.
func (r *fileReader) rejectEmptyElements(path string, list []string) {
	for i, element := range list {
		if strings.TrimSpace(element) == "" {
			r.reject(appendIndex(path, i), "", "empty", "a name, or remove the element")
		}
	}
}

// readSemconv reads the key "experimental", which enables the telemetry that the conventions
// call Opt-In. A version that is not supported is not an error, and neither is dual_emit, since
// instrumentations with other versions may use the same file. Version 1 is recorded in any case.
// With version 0, "experimental" is ignored.
//
// https://opentelemetry.io/docs/specs/semconv/configuration/version-selection/#unsupported-configuration
func (r *fileReader) readSemconv(semconv *semconvSettings, path string) {
	if semconv == nil || semconv.Experimental == nil || semconv.Version != nil && *semconv.Version < 1 {
		return
	}
	r.setVariable("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", path+".experimental", strconv.FormatBool(*semconv.Experimental))
}
