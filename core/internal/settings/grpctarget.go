package settings

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "google.golang.org/grpc" // registers the resolvers dns, passthrough and unix
	"google.golang.org/grpc/resolver"
)

// isGRPCTarget reports whether an endpoint is a target with a gRPC resolver, such as
// dns:///collector:4317 or unix:/run/otel.sock. It includes resolvers that the service
// registers. A name followed by a port is an address, not a target.
func isGRPCTarget(scheme, rest string) bool {
	if scheme = strings.ToLower(scheme); isHTTPScheme(scheme) || rest != "" && hasOnlyDigits(rest) {
		return false
	}
	return scheme == "unix" || resolver.Get(scheme) != nil
}

// parseTarget parses the part of a gRPC target after the scheme.
func parseTarget(scheme, rest string) (endpoint, error) {
	if scheme == "unix" {
		return parseSocket(rest)
	}
	name := scheme + ":" + rest
	u, err := url.Parse(name)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return endpoint{}, err
	}
	switch address := strings.TrimPrefix(u.Path, "/") + u.Opaque; {
	case u.User != nil:
		return endpoint{}, errors.New("credentials are not allowed in the address, only in headers")
	case address == "" && u.Host != "":
		return endpoint{}, fmt.Errorf("the address of the scheme %q needs three slashes, as in %s:///%s", scheme, scheme, u.Host)
	case address == "":
		return endpoint{}, fmt.Errorf("no address after the scheme %q", scheme)
	case strings.Contains(address, "@"):
		return endpoint{}, errors.New("credentials are not allowed in the address, only in headers")
	}
	return endpoint{scheme: scheme, grpcOnlyTarget: name}, nil
}

// parseSocket parses the path of a Unix-domain socket.
func parseSocket(socket string) (endpoint, error) {
	if strings.HasPrefix(socket, "///") {
		socket = socket[2:]
	}
	if strings.Trim(socket, "/") == "" || strings.HasPrefix(socket, "//") || strings.ContainsAny(socket, "\x00\r\n") {
		return endpoint{}, errors.New("not a valid path of a Unix socket")
	}
	// gRPC parses the path as part of a URL, in which these characters have a meaning.
	if strings.ContainsAny(socket, "%?#") {
		return endpoint{}, errors.New("the path of a Unix socket cannot contain %, ? or #")
	}
	return endpoint{scheme: "unix", grpcOnlyTarget: "unix:" + socket}, nil
}
