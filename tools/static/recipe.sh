# What the static program is made of; read by tools/static.sh. A change here builds anew.

# libcurl: the distribution's source package, with its security patches. Of each file the SHA-256.
# When the distribution has gone on to another version, `make static` says so: look at what
# changed, then pin that one (or build what is served with CURL=served make static).
curl_version=7.88.1-10+deb12u15
curl_files="
2744f12e3aef161c0361743fa1b318296b122e566e47f381e4a63320fbcc23f4 curl_7.88.1-10+deb12u15.dsc
cdb38b72e36bc5d33d5b8810f8018ece1baa29a8f215b4495e495ded82bbf3c7 curl_7.88.1.orig.tar.gz
7a5a55d7123149a1b357f298cf895bd0a601e3a2807005ef6c95f3752803485f curl_7.88.1.orig.tar.gz.asc
961b78bc48492c5693e4decb352ddd176f343260a8956f48b2887874048ef23b curl_7.88.1-10+deb12u15.debian.tar.xz
"

# The static libraries and headers, as the distribution has them now; unpacked, never installed.
packages="libc6-dev linux-libc-dev libcrypt-dev libssl-dev libc-ares-dev libnghttp2-dev zlib1g-dev
          libjansson-dev libexpat1-dev libfyaml-dev"

# What libcurl is to have: HTTP/1.1 and HTTP/2 over OpenSSL, gzip, proxies, IPv6, SigV4, names
# resolved by c-ares (glibc's own resolver loads libraries at run time).
curl_on="--with-openssl=SYSROOT/usr --with-nghttp2 --with-zlib=SYSROOT/usr --enable-ares
         --enable-ipv6 --enable-crypto-auth --enable-static --disable-shared"
# What it is not to have, and what that means is in docs/lambda-package.md.
curl_off="--disable-ftp --disable-file --disable-ldap --disable-ldaps --disable-rtsp --disable-dict
          --disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp
          --disable-gopher --disable-mqtt --disable-websockets
          --without-brotli --without-zstd --without-libidn2 --without-libpsl --without-libgsasl
          --without-libssh2 --without-librtmp --without-ca-bundle --without-ca-path
          --disable-ntlm --disable-ntlm-wb --disable-tls-srp --disable-unix-sockets
          --disable-openssl-auto-load-config
          --disable-cookies --disable-hsts --disable-alt-svc --disable-netrc --disable-doh
          --disable-mime --disable-dateparse --disable-progress-meter --disable-manual
          --disable-libcurl-option --disable-get-easy-options
          --disable-headers-api --disable-threaded-resolver --disable-dependency-tracking
          --disable-maintainer-mode --disable-werror"
curl_cflags="-Os -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2"
