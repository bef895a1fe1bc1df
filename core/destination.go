package core

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
)

// destination returns what is said about the collector that o exports to.
func (o otlp) destination() *exporterror.Destination {
	return &exporterror.Destination{Collector: o.collector(), Secure: o.tls != nil, Proxied: o.isProxied, Advise: o.variables}
}

// isProxied says whether the environment has a proxy for the endpoint. gRPC asks
// for that of an https URL, also without TLS.
func (o otlp) isProxied() bool {
	to := o.url
	if to == nil {
		address, found := strings.CutPrefix(o.target, "dns:///")
		if !found {
			return false
		}
		to = &url.URL{Scheme: "https", Host: address}
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: to})
	return err == nil && proxy != nil
}

// component names the exporter and where it exports to.
func (o otlp) component() []attribute.KeyValue {
	protocol := "grpc"
	if o.protocol == protocolHTTP {
		protocol = "http"
	}
	kind := map[string]string{"traces": "span", "metrics": "metric", "logs": "log"}[o.signal]
	attributes := account.Component(fmt.Sprintf("otlp_%s_%s_exporter", protocol, kind))
	if socket, ok := strings.CutPrefix(o.target, "unix:"); ok {
		return append(attributes, semconv.ServerAddress(socket))
	}
	address := strings.TrimPrefix(o.target, "dns:///")
	if o.url != nil {
		address = o.url.Host
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
