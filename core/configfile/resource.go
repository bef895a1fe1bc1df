package configfile

import (
	"errors"
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.yaml.in/yaml/v3"

	"github.com/samespan/samespan/core/declared"
)

const serviceNameKey = string(semconv.ServiceNameKey)

// detectionSettings is the type of the key resource.detection/development, for which
// otelconf has no stable type. The variable extraKeys adds it to the schema.
type detectionSettings struct {
	Attributes *otelconf.IncludeExclude `yaml:"attributes"`
	Detectors  []detectorSettings       `yaml:"detectors"`
}

// detectorSettings is the type of an element of the list of detectors. Its key names one of
// the schema's four detectors.
type detectorSettings struct {
	Container map[string]any `yaml:"container"`
	Host      map[string]any `yaml:"host"`
	Process   map[string]any `yaml:"process"`
	Service   map[string]any `yaml:"service"`
}

// translateResource converts the settings for the resource.
func (r *fileReader) translateResource(res *otelconf.Resource) {
	const path = "resource"
	if res == nil {
		return
	}
	r.file.SchemaURL = orEmpty(res.SchemaUrl)
	r.setVariable("OTEL_RESOURCE_ATTRIBUTES", path+".attributes_list", orEmpty(res.AttributesList))
	hasServiceName := false
	for element := range strings.SplitSeq(orEmpty(res.AttributesList), ",") {
		key, value, _ := strings.Cut(element, "=")
		if decoded, err := url.PathUnescape(strings.TrimSpace(key)); err == nil {
			hasServiceName = hasServiceName || decoded == serviceNameKey && strings.TrimSpace(value) != ""
		}
	}
	for i := range res.Attributes {
		value := findNode(findNode(r.root, "resource", "attributes").Content[i], "value")
		kv, ok := r.translateAttribute(&res.Attributes[i], value, appendIndex(path+".attributes", i))
		if !ok || kv.Key == semconv.ServiceNameKey && isUnknownService(kv.Value.AsString()) {
			continue
		}
		hasServiceName = hasServiceName || kv.Key == semconv.ServiceNameKey
		r.file.Attributes = append(r.file.Attributes, kv)
	}
	if node := findNode(r.root, "resource", "detection/development"); node != nil && !isNull(node) {
		r.setDetectors(node, hasServiceName, path+".detection/development")
	}
}

// isUnknownService reports whether name is empty, unknown_service, or like
// unknown_service:orders. OpenTelemetry's template uses unknown_service as a fallback. With
// such a name, the option or the module path determines the service name.
func isUnknownService(name string) bool {
	return strings.TrimSpace(name) == "" || name == "unknown_service" || strings.HasPrefix(name, "unknown_service:")
}

// setDetectors sets the detectors and the filter for their attributes. node is the value of
// the key at path. The service detector uses OTEL_SERVICE_NAME, unless hasServiceName says
// that the attributes in the file include a service name.
func (r *fileReader) setDetectors(node *yaml.Node, hasServiceName bool, path string) {
	if attributes := findNode(node, "attributes"); attributes != nil && !isNull(attributes) {
		var lists otelconf.IncludeExclude
		if err := attributes.Decode(&lists); err != nil {
			r.reject(path+".attributes", "", err.Error(), "the keys included and excluded, with lists of attribute names")
		}
		r.file.Keep = attributeFilter(&lists)
	}
	list := findNode(node, "detectors")
	if list == nil {
		return
	}
	for i, element := range list.Content {
		if len(element.Content) != 2 {
			r.reject(appendIndex(path+".detectors", i), scalarText(element), "not a mapping with one key", "one of container, host, process, service as its key")
			continue
		}
		switch element.Content[0].Value {
		case "container":
			r.file.Detectors = append(r.file.Detectors, declared.ContainerDetectors()...)
		case "host":
			r.file.Detectors = append(r.file.Detectors, declared.HostDetectors()...)
		case "process":
			r.file.Detectors = append(r.file.Detectors, declared.ProcessDetectors()...)
		case "service":
			if name := r.getenv("OTEL_SERVICE_NAME"); !hasServiceName && !isUnknownService(name) {
				r.setVariable("OTEL_SERVICE_NAME", path+".detectors", name)
			}
		}
	}
}

// translateAttribute returns an attribute of the declared type. It returns false if the
// value is invalid or null. It reads the value as written, because otelconf converts the
// text 1.10 to a number.
func (r *fileReader) translateAttribute(attr *otelconf.AttributeNameValue, node *yaml.Node, path string) (attribute.KeyValue, bool) {
	var noAttribute attribute.KeyValue
	if attr.Name == "" {
		r.reject(path+".name", "", "empty", "the attribute's name")
		return noAttribute, false
	}
	kind := otelconf.AttributeTypeString
	if attr.Type != nil {
		kind = *attr.Type
	}
	if isNull(node) {
		// The schema ignores such an attribute. Usually its value refers to a variable that
		// is not set.
		return noAttribute, false
	}
	value, err := decodeAttribute(node, kind)
	if err != nil {
		r.reject(path+".value", scalarText(node), "wrong type for the attribute "+attr.Name, "a value of type "+string(kind))
		return noAttribute, false
	}
	return attribute.KeyValue{Key: attribute.Key(attr.Name), Value: value}, true
}

// errFraction means that the value of an attribute of type int or int_array has a fraction.
var errFraction = errors.New("not a whole number")

// decodeAttribute decodes a value of an attribute.
func decodeAttribute(node *yaml.Node, kind otelconf.AttributeType) (attribute.Value, error) {
	if (kind == otelconf.AttributeTypeInt || kind == otelconf.AttributeTypeIntArray) && !hasWholeNumbers(node) {
		return attribute.Value{}, errFraction
	}
	switch kind {
	case otelconf.AttributeTypeBool:
		return decodeValue(node, attribute.BoolValue)
	case otelconf.AttributeTypeInt:
		return decodeValue(node, attribute.Int64Value)
	case otelconf.AttributeTypeDouble:
		return decodeValue(node, attribute.Float64Value)
	case otelconf.AttributeTypeStringArray:
		return decodeValue(node, attribute.StringSliceValue)
	case otelconf.AttributeTypeBoolArray:
		return decodeValue(node, attribute.BoolSliceValue)
	case otelconf.AttributeTypeIntArray:
		return decodeValue(node, attribute.Int64SliceValue)
	case otelconf.AttributeTypeDoubleArray:
		return decodeValue(node, attribute.Float64SliceValue)
	}
	return decodeValue(node, attribute.StringValue)
}

// decodeValue decodes a node into a T, and converts the T with wrap.
func decodeValue[T any](node *yaml.Node, wrap func(T) attribute.Value) (attribute.Value, error) {
	var value T
	err := node.Decode(&value)
	return wrap(value), err
}
