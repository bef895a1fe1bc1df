package settings

import (
	"strings"
)

// Advise replaces the placeholders in advice. The replacements are the names of the
// variables in effect or, if there is a configuration file, the keys in the file.
func (o OTLP) Advise(advice string) string {
	for {
		prefix, remaining, found := strings.Cut(advice, "<")
		placeholder, tail, _ := strings.Cut(remaining, ">")
		if !found {
			return advice
		}
		advice = prefix + o.replacement(placeholder) + tail
	}
}

// replacement returns the text that replaces a placeholder in advice.
func (o OTLP) replacement(placeholder string) string {
	v := otlpVariables{environment: &environment{vars: o.vars}, signal: strings.ToUpper(o.Signal), ignoredSuffixes: o.ignoredSuffixes}
	switch placeholder {
	case "OFF":
		return v.turnOffAdvice()
	case "NONE":
		return strings.Replace(v.turnOffAdvice(), " to none", "=none", 1)
	case "PROXY":
		return o.proxyVariable()
	case "SIZE":
		return v.sizeAdvice()
	case "USE_HTTP":
		return o.protocolAdvice(v, ProtocolHTTP, "otlp_http")
	case "USE_GRPC":
		return o.protocolAdvice(v, ProtocolGRPC, "otlp_grpc")
	case "TEMPORALITY":
		return o.vars.Label("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")
	default:
		return o.nameInEffect(v, placeholder)
	}
}

// nameInEffect returns the name of the option or of the variable in effect, or the key in the
// configuration file. suffix is the end of the variable's name.
func (o OTLP) nameInEffect(v otlpVariables, suffix string) string {
	name := v.effectiveName(suffix)
	if option := o.optionNames[suffix]; option != "" && !v.isSet(name) {
		return option
	}
	return o.vars.Label(name)
}

// protocolAdvice says how to export with another protocol. key is the key of its exporter in
// a configuration file.
func (o OTLP) protocolAdvice(v otlpVariables, protocol, key string) string {
	if path := o.nameInEffect(v, "PROTOCOL"); strings.HasPrefix(path, o.vars.FileName()+": ") {
		return "replace the key " + path + " with " + key
	}
	return "set " + o.nameInEffect(v, "PROTOCOL") + " to " + protocol
}

// sizeAdvice says how to make an item smaller. It is for messages with a single item: a
// message with several items is divided instead.
func (v otlpVariables) sizeAdvice() string {
	file := v.vars.FileName()
	switch {
	case v.signal == "METRICS":
		return "record fewer or shorter attributes on the instrument"
	case file != "":
		return "lower attribute_value_length_limit in " + file
	case v.signal == "LOGS":
		return "lower OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, or log less in one record"
	}
	return "lower OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"
}

// turnOffAdvice says how to turn off the export of the signal.
func (v otlpVariables) turnOffAdvice() string {
	name := "OTEL_" + v.signal + "_EXPORTER"
	if path := v.vars.Label(name); path != name {
		return "remove the key " + path
	}
	return "set " + name + " to none"
}
