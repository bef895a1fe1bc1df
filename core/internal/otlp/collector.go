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

// Collector is a collector that one signal is exported to.
type Collector struct {
	settings.OTLP
	// Destination is what is said about it in errors.
	Destination *exporterror.Destination
	// Urgency is that of the flush or shutdown that waits for the exports.
	Urgency *hedge.Urgency
}

// NewCollector returns the collector of those settings. Nothing is connected yet.
func NewCollector(o settings.OTLP) *Collector {
	c := &Collector{OTLP: o, Urgency: new(hedge.Urgency)}
	c.Destination = &exporterror.Destination{Collector: o.Address(), Secure: o.TLS != nil, Proxied: c.isProxied, Advise: o.Advise}
	return c
}

// isProxied says whether the environment has a proxy for the endpoint. gRPC asks
// for that of an https URL, also without TLS.
func (o *Collector) isProxied() bool {
	to := o.URL
	if to == nil {
		address, found := strings.CutPrefix(o.Target, "dns:///")
		if !found {
			return false
		}
		to = &url.URL{Scheme: "https", Host: address}
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: to})
	return err == nil && proxy != nil
}

// Component names the exporter and where it exports to.
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
