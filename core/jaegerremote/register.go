package jaegerremote

import (
	"context"

	remote "go.opentelemetry.io/contrib/samplers/jaegerremote"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/register"
)

//nolint:gochecknoinits // a service registers the sampler by importing the package
func init() {
	register.Sampler("jaeger_remote", func(_ context.Context, c register.SamplerConfig) (sdktrace.Sampler, error) {
		return newSampler(c)
	})
	register.Sampler("parentbased_jaeger_remote", func(_ context.Context, c register.SamplerConfig) (sdktrace.Sampler, error) {
		s, err := newSampler(c)
		if err != nil {
			return nil, err
		}
		s.Sampler = sdktrace.ParentBased(s.Sampler)
		return s, nil
	})
}

// sampler is a remote sampler that can be shut down.
type sampler struct {
	sdktrace.Sampler
	remote  *remote.Sampler
	fetcher *fetcher
}

// newSampler returns a sampler that requests strategies as OTEL_TRACES_SAMPLER_ARG
// configures.
func newSampler(c register.SamplerConfig) (*sampler, error) {
	argument, err := parseArgument(c.Argument)
	if err != nil {
		return nil, err
	}
	s := &sampler{fetcher: newFetcher(argument.endpoint)}
	// Pass all options explicitly, because the sampler would otherwise read
	// OTEL_TRACES_SAMPLER_ARG itself.
	s.remote = remote.New(c.ServiceName,
		remote.WithSamplingStrategyFetcher(s.fetcher),
		remote.WithSamplingRefreshInterval(argument.interval),
		remote.WithInitialSampler(sdktrace.TraceIDRatioBased(argument.rate)),
		remote.WithLogger(errorLogger(c.Report)),
	)
	s.Sampler = s.remote
	return s, nil
}

// Shutdown stops the requests for strategies.
func (s *sampler) Shutdown(context.Context) error {
	s.fetcher.stop()
	s.remote.Close()
	return nil
}
