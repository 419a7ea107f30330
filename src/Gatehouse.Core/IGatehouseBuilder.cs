using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Core;

/// <summary>What an application's registration goes on from; a store or an authority adds itself here without knowing any dialect.</summary>
public interface IGatehouseBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>Where options are read from; null: from code only.</summary>
    IConfiguration? Configuration { get; }
}
