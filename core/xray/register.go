package xray

import (
	"context"

	"go.opentelemetry.io/contrib/propagators/aws/xray"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/register"
)

//nolint:gochecknoinits // a service registers the generator by importing the package
func init() {
	register.IDGenerator("xray", func(context.Context) (sdktrace.IDGenerator, error) { return xray.NewIDGenerator(), nil })
}
