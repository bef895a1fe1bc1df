package xray

import (
	"context"

	"go.opentelemetry.io/contrib/propagators/aws/xray"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/register"
)

//nolint:gochecknoinits // an import is how a service asks for the generator
func init() {
	register.IDGenerator("xray", func(context.Context) (sdktrace.IDGenerator, error) { return xray.NewIDGenerator(), nil })
}
