package otlp

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/hedge"
	"github.com/samespan/samespan/core/internal/settings"
)

// Collector describes the collector that one signal is exported to.
type Collector struct {
	settings.OTLP
	// Destination describes the collector in errors.
	Destination *exporterror.Destination
	// Urgency is the deadline of the flush or shutdown that waits for the
	// exports.
	Urgency *hedge.Urgency
	// headerCallSemaphore is a semaphore that limits concurrent calls of HeadersFunc.
	headerCallSemaphore chan struct{}
}

// NewCollector returns a collector with the given settings. It does not
// connect.
func NewCollector(o settings.OTLP) *Collector {
	c := &Collector{OTLP: o, Urgency: new(hedge.Urgency), headerCallSemaphore: make(chan struct{}, maxHeaderCalls)}
	c.Destination = &exporterror.Destination{Collector: o.Address(), Secure: o.TLS != nil, Proxied: c.isProxied, Advise: o.Advise}
	return c
}

// isProxied reports whether the environment sets a proxy for the endpoint. gRPC always
// uses the proxy for https URLs, even for a connection without TLS.
func (o *Collector) isProxied() bool {
	endpointURL := o.URL
	if endpointURL == nil {
		address, found := strings.CutPrefix(o.Target, "dns:///")
		if !found {
			return false
		}
		endpointURL = &url.URL{Scheme: "https", Host: address}
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: endpointURL})
	return err == nil && proxy != nil
}

// Component returns the attributes that identify the exporter and the endpoint.
func (o *Collector) Component() []attribute.KeyValue {
	protocol := "grpc"
	if o.Protocol == settings.ProtocolHTTP {
		protocol = "http"
	}
	kind := map[string]string{"traces": "span", "metrics": "metric", "logs": "log"}[o.Signal]
	attributes := account.Component(fmt.Sprintf("otlp_%s_%s_exporter", protocol, kind), 0)
	if socket, ok := strings.CutPrefix(o.Target, "unix:"); ok {
		return append(attributes, semconv.ServerAddress(socket))
	}
	address := strings.TrimPrefix(o.Target, "dns:///")
	if o.URL != nil {
		address = o.URL.Host
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return attributes
	}
	attributes = append(attributes, semconv.ServerAddress(host))
	if number, err := strconv.Atoi(port); err == nil {
		attributes = append(attributes, semconv.ServerPort(number))
	}
	return attributes
}
