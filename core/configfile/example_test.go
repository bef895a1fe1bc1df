package configfile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/configfile"
)

// The file that OTEL_CONFIG_FILE names configures the service.
func Example() {
	// This sets OTEL_CONFIG_FILE=testdata/otel.yaml, and the variable COLLECTOR that
	// the file refers to.
	collector, restore := startExampleCollector()
	defer restore()

	ctx := context.Background()
	noLog := core.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	tel, err := core.Setup(ctx, configfile.FromEnvironment(), noLog)
	if err != nil {
		panic(err)
	}
	_, span := tel.TracerProvider().Tracer("orders").Start(ctx, "work")
	span.End()
	if err := tel.Shutdown(ctx); err != nil {
		panic(err)
	}

	for _, span := range collector.Spans() {
		fmt.Println(span.Service(), span.Name())
	}
	// Output:
	// orders work
}

// startExampleCollector starts a collector, and sets the environment variables of an
// example. restore unsets the variables and closes the collector.
func startExampleCollector() (collector *otlptest.Server, restore func()) {
	collector, err := otlptest.NewServer()
	if err != nil {
		panic(err)
	}
	if err := errors.Join(
		os.Setenv("COLLECTOR", collector.Endpoint()),
		os.Setenv("OTEL_CONFIG_FILE", "testdata/otel.yaml"),
	); err != nil {
		panic(err)
	}
	return collector, func() {
		if err := errors.Join(os.Unsetenv("COLLECTOR"), os.Unsetenv("OTEL_CONFIG_FILE"), collector.Close()); err != nil {
			panic(err)
		}
	}
}

// An invalid value in a file makes Setup return an error that names the key.
func ExampleFromFile() {
	_, err := core.Setup(context.Background(), configfile.FromFile("testdata/wrong.yaml"))
	fmt.Println(err)
	// Output:
	// core: testdata/wrong.yaml: tracer_provider.processors[0].batch.schedule_delay="5s": wrong type, want a whole number
	// core: testdata/wrong.yaml: tracer_provider.processors[0].batch.exporter.otlp_grpc.endpont: unknown, want one of compression, endpoint, headers, headers_list, timeout, tls
}
