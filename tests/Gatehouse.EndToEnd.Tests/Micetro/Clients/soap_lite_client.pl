# Reads the WSDL, logs in, calls, logs out: WSDL-URL NAME PORT, the password by standard input.
use strict;
use warnings;
use SOAP::Lite;

my ($wsdl, $name) = @ARGV;
my $password = do { local $/; <STDIN> };
my $namespace = 'http://menandmice.com/webservices/';

# The WSDL says where the service is; its own stubs do not wrap parameters, so the calls are written out.
my $schema = SOAP::Schema->new(schema_url => $wsdl)->parse;
my $endpoint = $schema->services->{Service}{Login}{endpoint}->value;
my $soap = SOAP::Lite->proxy($endpoint)->default_ns($namespace)->on_action(sub { join '', @_ })->autotype(0);

sub call {
    my ($command, %parameters) = @_;
    return $soap->call($command => map { SOAP::Data->name($_ => $parameters{$_}) } sort keys %parameters);
}

my $refused = call('Login', server => 'localhost', loginName => "nobody-$name", password => '');
$refused->fault or die "nobody was let in\n";
print 'fault=', $refused->faultstring, "\n";

my $login = call('Login', server => 'localhost', loginName => $name, password => $password);
die $login->faultstring if $login->fault;
my $token = $login->valueof('//LoginResponse/session');
length($token) == 42 or die "no session: $token\n";

my $users = call('GetUsers', session => $token);
die $users->faultstring if $users->fault;
$users->valueof('//GetUsersResponse/method') eq 'session-parameter' or die "another method\n";
print 'user=', $users->valueof('//GetUsersResponse/user'), "\n";

my $logout = call('Logout', session => $token);
die $logout->faultstring if $logout->fault;
my $dead = call('GetUsers', session => $token);
$dead->fault or die "a dead session was let in\n";
print 'after logout=', $dead->faultstring, "\n";
