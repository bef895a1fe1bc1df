package settings

import (
	"strings"
)

// Advise replaces the placeholders in advice. The replacements are the names of the
// variables in effect or, if there is a configuration file, the keys in the file.
func (o OTLP) Advise(advice string) string {
	v := otlpVariables{environment: &environment{vars: o.vars}, signal: strings.ToUpper(o.Signal), ignoredSuffixes: o.ignoredSuffixes}
	for {
		prefix, remaining, found := strings.Cut(advice, "<")
		suffix, tail, _ := strings.Cut(remaining, ">")
		if !found {
			return advice
		}
		name := v.effectiveName(suffix)
		replacement := o.vars.Label(name)
		if option := o.optionNames[suffix]; option != "" && !v.isSet(name) {
			replacement = option
		}
		switch suffix {
		case "OFF":
			replacement = v.turnOffAdvice()
		case "NONE":
			replacement = strings.Replace(v.turnOffAdvice(), " to none", "=none", 1)
		case "PROXY":
			replacement = o.proxyVariable()
		case "SIZE":
			replacement = v.sizeAdvice()
		}
		advice = prefix + replacement + tail
	}
}

// sizeAdvice says how to make an item smaller. It is for messages with a single item: a
// message with several items is divided instead.
func (v otlpVariables) sizeAdvice() string {
	switch v.signal {
	case "METRICS":
		return "record fewer or shorter attributes on the instrument"
	case "LOGS":
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
