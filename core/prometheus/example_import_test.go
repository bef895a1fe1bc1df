package prometheus_test

import _ "github.com/samespan/samespan/core/prometheus"
