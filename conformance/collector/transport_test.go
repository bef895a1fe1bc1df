package collector

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// transport describes how services export to the Collector: the protocol, and whether TLS,
// authentication and compression are used.
type transport struct {
	name string
	// protocol is the Collector's name for the protocol: grpc or http.
	protocol string
	// server is the Collector's certificate, or nil without TLS. client is the
	// certificate that the Collector requires from services, or nil.
	server, client *certificateFiles
	// authenticated is set if the Collector requires the bearer token.
	authenticated bool
	// compression is the compression that services use, or "".
	compression string
}

// plainTransports returns gRPC and HTTP without TLS, authentication and
// compression.
func plainTransports() []transport {
	return []transport{{name: "grpc", protocol: "grpc"}, {name: "http", protocol: "http"}}
}

// allTransports returns all tested transports.
func allTransports(t *testing.T) []transport {
	t.Helper()
	server, client := createCertificate(t, "collector"), createCertificate(t, "service")
	transports := plainTransports()
	for _, plain := range plainTransports() {
		secure, mutual := plain, plain
		secure.name, secure.server, secure.compression = plain.name+" TLS gzip", server, "gzip"
		mutual.name, mutual.server, mutual.client, mutual.authenticated = plain.name+" mutual TLS token", server, client, true
		transports = append(transports, secure, mutual)
	}
	return transports
}

// receiverConfig returns the receiver's configuration. Over HTTP, the receiver refuses
// exports with a compression other than the transport's.
func (tr transport) receiverConfig(address string) map[string]any {
	config := map[string]any{"endpoint": address}
	if tr.protocol == "http" {
		config["compression_algorithms"] = []string{tr.compression}
	} else {
		config["middlewares"] = []any{map[string]any{"id": "compression_recorder"}}
	}
	if tr.server != nil {
		tls := map[string]any{"cert_file": tr.server.certFile, "key_file": tr.server.keyFile}
		if tr.client != nil {
			tls["client_ca_file"] = tr.client.certFile
		}
		config["tls"] = tls
	}
	if tr.authenticated {
		config["auth"] = map[string]any{"authenticator": "bearer"}
	}
	return config
}

// checkCompression checks that gRPC exports have the transport's compression. HTTP exports
// need no check, because the receiver refuses exports with another compression.
func (tr transport) checkCompression(t *testing.T, c *collector) {
	t.Helper()
	if seen := c.compressionRecorder.compressions(); tr.protocol == "grpc" && !slices.Equal(seen, []string{tr.compression}) {
		t.Errorf("got exports with the compressions %q, want %q", seen, tr.compression)
	}
}

// env returns the environment variables of a service that exports to address over the
// transport.
func (tr transport) env(address string) []string {
	protocol, scheme := "grpc", "http"
	if tr.protocol == "http" {
		protocol = "http/protobuf"
	}
	var env []string
	if tr.server != nil {
		scheme = "https"
		env = append(env, "OTEL_EXPORTER_OTLP_CERTIFICATE="+tr.server.certFile)
	}
	if tr.client != nil {
		env = append(env, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE="+tr.client.certFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY="+tr.client.keyFile)
	}
	if tr.authenticated {
		env = append(env, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20let%20me%20in")
	}
	if tr.compression != "" {
		env = append(env, "OTEL_EXPORTER_OTLP_COMPRESSION="+tr.compression)
	}
	return append(env, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol, "OTEL_EXPORTER_OTLP_ENDPOINT="+scheme+"://"+address)
}

// certificateFiles are the paths of a self-signed certificate for 127.0.0.1 and of its key.
type certificateFiles struct{ certFile, keyFile string }

// createCertificate creates a certificate and its key. The parameter name is the certificate's
// common name.
func createCertificate(t *testing.T, name string) *certificateFiles {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := &certificateFiles{certFile: filepath.Join(t.TempDir(), name+".pem"), keyFile: filepath.Join(t.TempDir(), name+"-key.pem")}
	for file, block := range map[string]*pem.Block{
		files.certFile: {Type: "CERTIFICATE", Bytes: der},
		files.keyFile:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
