package httpserver

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// version is a protocol version as metrics report it. The set of values is fixed, so that
// clients cannot add any.
type version uint8

const (
	versionOther version = iota
	version10
	version11
	version2
	version3
)

// versionAttributes are the attributes of all versions except versionOther.
var versionAttributes = [...]attribute.KeyValue{
	version10: semconv.NetworkProtocolVersion("1.0"),
	version11: semconv.NetworkProtocolVersion("1.1"),
	version2:  semconv.NetworkProtocolVersion("2"),
	version3:  semconv.NetworkProtocolVersion("3"),
}

// versionOf returns the version of a request. protocol is the number of the HTTP version,
// such as "1.1".
func versionOf(protocol string) version {
	switch protocol {
	case "1.0":
		return version10
	case "1.1":
		return version11
	case "2":
		return version2
	case "3":
		return version3
	default:
		return versionOther
	}
}

// versionAttribute returns the version attribute of a span.
func versionAttribute(protocol string) attribute.KeyValue {
	return semconv.NetworkProtocolVersion(validText(protocol))
}
