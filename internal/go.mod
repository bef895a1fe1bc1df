module github.com/samespan/samespan/internal

go 1.25.0

require (
	github.com/samespan/samespan/core/exclude v0.0.0
	github.com/samespan/samespan/core/httpserver v0.0.0
	go.opentelemetry.io/otel v1.45.0
	go.opentelemetry.io/otel/metric v1.45.0
	go.opentelemetry.io/otel/sdk v1.45.0
	go.opentelemetry.io/otel/sdk/metric v1.45.0
	go.opentelemetry.io/otel/trace v1.45.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-logr/logr v1.4.4 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/samespan/samespan/core/suppress v0.0.0 // indirect
	go.opentelemetry.io/auto/sdk v1.2.1 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace (
	github.com/samespan/samespan/core/exclude => ../core/exclude
	github.com/samespan/samespan/core/httpserver => ../core/httpserver
	github.com/samespan/samespan/core/suppress => ../core/suppress
)
